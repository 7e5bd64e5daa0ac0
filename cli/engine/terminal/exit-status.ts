/** How the program ends. `carryover help exit-status` and docs/command-line.md have the same table. */
export const EXIT = {
  fine: 0,
  failed: 1,
  usage: 2,
  attention: 3,
  keyNotChecked: 4,
  configuration: 78,
  interrupted: 130,
  unread: 141,
} as const;

export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  fine: 'fine',
  failed: 'the call, the migration or the check failed',
  usage: 'wrong usage, or a confirmation without a terminal: nothing was done',
  attention: 'fine, but something needs a person',
  keyNotChecked: 'the certificate holds, but its key was not checked',
  configuration: 'a variable, an option or the configuration file is missing or wrong',
  interrupted: 'interrupted by Ctrl-C',
  unread: 'the reader of the output has closed it',
};
