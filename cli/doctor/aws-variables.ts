/** Runs `work` while AWS's SDK, which reads its variables from the process itself, finds those of `environment`. */
export async function withAwsVariables<Result>(
  environment: Readonly<Record<string, string | undefined>>,
  work: () => Promise<Result>,
): Promise<Result> {
  const given = Object.entries(environment).filter(([name]) => name.startsWith('AWS_'));
  const before = given.map(([name]) => [name, process.env[name]] as const);
  assign(given);
  try {
    return await work();
  } finally {
    assign(before);
  }
}

function assign(variables: readonly (readonly [string, string | undefined])[]): void {
  for (const [name, value] of variables)
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
}
