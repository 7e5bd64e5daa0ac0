import { resolve } from 'node:path';
import { packageReport } from './package.js';

// This file is built to dist/deploy/aws/report, four folders below the project.
const { path, bytes } = await packageReport({ root: resolve(import.meta.dirname, '../../../..') });
process.stdout.write(`${path} (${Math.ceil(bytes / 1024)} KB)\n`);
