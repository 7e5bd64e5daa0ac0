import { chmod, copyFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { execa } from 'execa';
import { ConfigurationError } from '../../../domain/engine/configuration-error.js';
import { cached, fromCache, type FindOptions } from '../cached.js';
import { copyWithDependencies, hasMaven } from '../maven.js';
import { choosePort } from '../ports.js';
import { downloadBySdk } from './sdk-download.js';

const ARTIFACT = { groupId: 'io.temporal', artifactId: 'temporal-test-server', version: '1.38.0' };
const CACHE_NAME = `${ARTIFACT.artifactId}-${ARTIFACT.version}-archived`;

/** Java's arguments for the server, relative to its folder: the archive records the libraries' names as given here, and the folder may be moved. */
const JAVA = '-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp lib/* io.temporal.testserver.TestServer'.split(
  ' ',
);
const ARCHIVE = 'classes.jsa';
const ARCHIVE_WITHIN_MS = 120_000;

/**
 * The launcher execs Java, so that a signal to it reaches Java. Java ignores an archive that is missing or of another Java. The launcher does not
 * pass --enable-time-skipping: the SDK skips time only while a result is awaited. With the flag, time would skip from the start, and the SDK's
 * second wait would find its workflow timed out.
 */
const LAUNCHER = `#!/bin/sh
cd -- "$(dirname -- "$0")" || exit
exec java -XX:SharedArchiveFile=${ARCHIVE} ${JAVA.map((argument) => `'${argument}'`).join(' ')} "$@"
`;

/**
 * Finds the program of Temporal's time-skipping test server for the SDK's `existing-path`: the one that TEMPORAL_TEST_SERVER names, a cached one,
 * the SDK's download, or the Java server from Maven with a launcher.
 */
export async function findTimeSkippingServer(options: FindOptions): Promise<string> {
  const given = process.env['TEMPORAL_TEST_SERVER'];
  if (given && !existsSync(given)) {
    throw new ConfigurationError([`TEMPORAL_TEST_SERVER names ${given}, and there is no such file.`]);
  }
  if (given) return given;
  const folder =
    fromCache(CACHE_NAME) ?? (await cached(CACHE_NAME, (into) => obtain(into, options), options));
  return join(folder, 'temporal-test-server');
}

async function obtain(folder: string, options: FindOptions): Promise<void> {
  const program = join(folder, 'temporal-test-server');
  const downloaded = await downloadBySdk('time-skipping', 'time-skipping Temporal server', folder, options);
  if (downloaded) {
    await copyFile(downloaded, program);
    await rm(downloaded);
  } else {
    await fetchJavaServer(folder, options);
    await archiveClasses(folder, options);
    await writeFile(program, LAUNCHER);
  }
  await chmod(program, 0o755);
}

async function fetchJavaServer(folder: string, { log, signal }: FindOptions): Promise<void> {
  if (!hasMaven()) {
    throw new Error(
      'There is no time-skipping Temporal server, and it can neither be downloaded nor fetched with Maven here. ' +
        'Install Java 17 and Maven, or connect this machine to the internet, or name one in TEMPORAL_TEST_SERVER.',
    );
  }
  log(
    'Fetching the time-skipping Temporal server with Maven. This happens once and takes about half a minute …',
  );
  await copyWithDependencies(ARTIFACT, folder, signal);
}

/** Runs the server once, so that Java keeps its loaded classes: a start then takes a third of the time. Without the archive it starts as well. */
async function archiveClasses(folder: string, { signal }: FindOptions): Promise<void> {
  const port = await choosePort();
  const java = execa('java', [`-XX:ArchiveClassesAtExit=${ARCHIVE}`, ...JAVA, String(port)], {
    cwd: folder,
    stdio: 'ignore',
    reject: false,
    timeout: ARCHIVE_WITHIN_MS,
    // It writes the archive after the signal.
    forceKillAfterDelay: false,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  const ended = java.then(() => true);
  const up = async () => (await answers(`127.0.0.1:${port}`)) || sleep(100, false);
  while (!(await Promise.race([up(), ended])));
  java.kill();
  await java;
  signal?.throwIfAborted();
}

async function answers(address: string): Promise<boolean> {
  try {
    await (await Connection.connect({ address, connectTimeout: '2s' })).close();
    return true;
  } catch {
    return false;
  }
}
