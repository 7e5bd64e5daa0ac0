import { execa } from 'execa';

export interface ToolResult {
  ok: boolean;
  /** The output of both streams. */
  output: string;
}

interface ToolOptions {
  signal?: AbortSignal | undefined;
  env?: Record<string, string>;
  cwd?: string;
}

/** Runs a build tool to its end. A failing or missing tool is a result, not an error. Throws if aborted. */
export async function runTool(
  program: string,
  args: string[],
  options: ToolOptions = {},
): Promise<ToolResult> {
  const { signal, ...rest } = options;
  const cancel = signal ? { cancelSignal: signal } : {};
  const result = await execa(program, args, {
    ...rest,
    ...cancel,
    reject: false,
    all: true,
    stdin: 'ignore',
  });
  signal?.throwIfAborted();
  return { ok: !result.failed, output: result.all || result.shortMessage || '' };
}

/** The end of a tool's output, which says why it failed. */
export function lastLines(text: string, count = 12): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
