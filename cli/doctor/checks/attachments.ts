import { Type } from 'typebox';
import { objectsCheck } from '../../../gateways/objects/check.js';
import { openObjectStore } from '../../../gateways/objects/open.js';
import { readEnvironment } from '../../environment/read.js';
import { AttachmentsUrl } from '../../environment/worker.js';
import { type Check, ok, warning } from '../check.js';

const Needed = Type.Object({ ATTACHMENTS_URL: AttachmentsUrl });
/** No account has this folder. */
const FOLDER = '.carryover-doctor';

/** Whether attachments can be written where ATTACHMENTS_URL says, and removed again. */
export const attachments: Check = {
  name: 'attachments',
  advice: 'Check ATTACHMENTS_URL, and that this process may write there.',
  async run({ environment, timeoutMs, signal }) {
    const { ATTACHMENTS_URL: url } = readEnvironment(Needed, environment);
    const objects = openObjectStore(url);
    try {
      await objectsCheck(objects)(timeoutMs);
      const written = ok(`Files can be written to ${url}.`);
      await objects.put(`${FOLDER}/probe`, oneLine(), { contentType: 'text/plain' });
      try {
        await objects.removeFolder(FOLDER, signal);
      } catch (error) {
        const what = `Files cannot be removed, so a reset would leave them: ${(error as Error).message}`;
        return [
          written,
          warning(what, 'Allow listing and deleting there, for S3 s3:ListBucket and s3:DeleteObject.'),
        ];
      }
      return [written, ok('Files can be listed and removed.')];
    } finally {
      objects.close();
    }
  },
};

async function* oneLine(): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode('Carryover wrote this to check that it can remove it.\n');
}
