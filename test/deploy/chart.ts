import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { parseAllDocuments } from 'yaml';
import { cached } from '../../dev/servers/cached.js';

export const CHART = resolve(import.meta.dirname, '../../deploy/kubernetes');

/** Helm's own code as a library in a Python package, which installs in seconds; building the program would take minutes. */
const HELM = 'helm-python-sdk==0.2.2';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // oxlint-disable-next-line typescript/no-explicit-any -- each kind has its own
  readonly spec?: any;
}

export interface Rendered {
  /** The output of `helm lint --strict`, without hints. */
  readonly faults: readonly string[];
  readonly manifests: readonly Manifest[];
}

interface Report {
  readonly lint: {
    readonly messages: readonly {
      readonly severity: number;
      readonly path: string;
      readonly error: string;
    }[];
    readonly errors: readonly string[];
  };
  readonly files: Readonly<Record<string, string>>;
}

/** Throws what Helm refuses. */
export async function render(values: object): Promise<Rendered> {
  const script = join(import.meta.dirname, 'render.py');
  const { stdout } = await execa(await findPython(), [script, CHART], { input: JSON.stringify(values) });
  const { lint, files } = JSON.parse(stdout) as Report;
  const HINT = 1;
  const messages = lint.messages.filter(({ severity }) => severity > HINT);
  return {
    faults: [...lint.errors, ...messages.map(({ path, error }) => `${path}: ${error}`)],
    manifests: Object.entries(files)
      .filter(([name]) => name.endsWith('.yaml'))
      .flatMap(([, text]) => parseAllDocuments(text).map((document) => document.toJS() as Manifest | null))
      .filter((manifest) => manifest !== null),
  };
}

/** Of a virtual environment that has the package. */
async function findPython(): Promise<string> {
  const install = async (folder: string) => {
    await execa('python3', ['-m', 'venv', folder]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', HELM];
    await execa(join(folder, 'bin/python'), pip);
  };
  return join(await cached(HELM.replace('==', '-'), install, { log: () => undefined }), 'bin/python');
}

const require = createRequire(import.meta.url);

/** The manifest's violations of Kubernetes' own schema; undefined if there are none. Custom resources have no schema here. */
export function faultOf(manifest: Manifest): string | undefined {
  const { apiVersion, kind } = manifest;
  if (CUSTOM.has(kind)) return undefined;
  const models = require(`kubernetes-models/${apiVersion}/${kind}`) as Record<
    string,
    new (data: object) => { validate(): void }
  >;
  const Model = models[kind];
  if (Model === undefined) return `Kubernetes has no ${kind}.`;
  try {
    new Model(manifest).validate();
    return undefined;
  } catch (error) {
    return `${kind} ${manifest.metadata.name}: ${(error as Error).message}`;
  }
}

export const CUSTOM: ReadonlySet<string> = new Set([
  'ServiceMonitor',
  'PodMonitor',
  'PrometheusRule',
  'ScaledObject',
]);
