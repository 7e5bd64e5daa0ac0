import { afterAll, beforeAll } from 'vitest';
import { startS3Server, type S3Server } from '../../dev/servers/s3.js';
import { type Dumps, openDumps } from '../../gateways/dumps/client.js';

/** An S3 server that the tests of a file share, and the client that reads dumps from it. */
export function dumpServer(): { readonly server: S3Server; readonly dumps: Dumps } {
  let server: S3Server;
  let dumps: Dumps;
  beforeAll(async () => {
    server = await startS3Server();
    dumps = openDumps(server);
  }, 600_000);
  afterAll(async () => {
    dumps?.close();
    await server?.stop();
  });
  return {
    get server() {
      return server;
    },
    get dumps() {
      return dumps;
    },
  };
}
