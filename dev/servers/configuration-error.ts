/** What a person wrote, in a file, a variable or an option, cannot be worked with. Commands end with status 78 on it. */
export class ConfigurationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigurationError';
  }
}
