import { Argument } from 'commander';
import type { CommandLine } from '../command-line.js';
import { withExamples } from '../help.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** `carryover completion SHELL`, and what its script calls for each key press. */
export function addCompletion({ root, kinds, terminal }: CommandLine): void {
  withExamples(
    root
      .command('completion')
      .description('print a script that completes commands, options, accounts and profiles in a shell')
      .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS)),
    'completion bash > ~/.local/share/bash-completion/completions/carryover',
    'completion zsh > "${fpath[1]}/_carryover"',
    'completion fish > ~/.config/fish/completions/carryover.fish',
  ).action(async (shell: Shell) => {
    const { SCRIPTS } = await import('./scripts.js');
    terminal.out.write(SCRIPTS[shell]);
  });
  root.command('__complete [words...]', { hidden: true }).action(async (words: string[]) => {
    const { complete } = await import('./complete.js');
    terminal.out.write(await complete(root, words, { kinds, terminal }));
  });
}
