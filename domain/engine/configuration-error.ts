/** A variable, file or option is invalid. Processes exit with status 78. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  /** @param problems each names the variable, file or option and the valid form; none may quote a secret value */
  constructor(readonly problems: readonly string[]) {
    super(
      problems.length === 1
        ? problems[0]
        : `The configuration has ${problems.length} problems:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    );
  }
}
