import { resolve } from 'node:path';
import { packageReport } from './package.js';

// Built to dist/deploy/aws/report: the project's folder is four up.
const { path, bytes } = await packageReport({ root: resolve(import.meta.dirname, '../../../..') });
process.stdout.write(`${path} (${Math.ceil(bytes / 1024)} KB)\n`);
