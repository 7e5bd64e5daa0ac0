/** What a person wrote, in a variable, a file or an option, cannot be worked with. Processes end with status 78 on it. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  /** @param problems each names the variable, file or option and what it must be; none quotes a value that may be secret. */
  constructor(readonly problems: readonly string[]) {
    super(
      problems.length === 1
        ? problems[0]
        : `${problems.length} things in the configuration must change:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    );
  }
}
