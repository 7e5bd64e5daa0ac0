/** `npm run package:report`: makes dist/aws/report.zip, the Lambda function's code in one file, for deploy/aws/template.yaml. */

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { build } from 'esbuild';
import { zipSync } from 'fflate';

/** The same for the same code: zip files keep times, and this is the first that they can. */
const FIXED_TIME = '1980-01-01T12:00:00';

export interface PackageOptions {
  /** The project's folder. */
  readonly root: string;
  /** Default `dist/aws/report.zip` in it. */
  readonly target?: string;
}

/** Answers where the zip is and what is in it, in bytes. */
export async function packageReport({
  root,
  target,
}: PackageOptions): Promise<{ path: string; bytes: number }> {
  const { outputFiles } = await build({
    entryPoints: [resolve(root, 'deploy/aws/report/handler.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    // pg looks for its native driver, and does without.
    external: ['pg-native'],
    logLevel: 'warning',
  });
  const [code] = outputFiles;
  if (code === undefined) throw new Error('The bundler gave no file.');
  const zip = zipSync({ 'handler.js': [code.contents, { mtime: FIXED_TIME, level: 9 }] });
  const path = target ?? resolve(root, 'dist/aws/report.zip');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, zip);
  return { path, bytes: zip.byteLength };
}
