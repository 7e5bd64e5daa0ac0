import type { CommandLine } from './command-line.js';
import { verify, type VerifyCommand } from './commands/verify.js';

/** Loaded only by its commands: what checks certificates takes longer to load than a short command takes. */
const certificates = () => import('./commands/certificate.js');

/** The commands that compare the store with the source, and handle certificates. */
export function addVerification({ root, ofKind, kinds, terminal, outcome }: CommandLine): void {
  root
    .command('verify <key>')
    .description('read the source again and compare everything; exits with 0 if all is equal, 1 otherwise')
    .option('--repair', 'import again what is missing or different; deletes nothing', false)
    .option('--no-wait', 'begin it, and do not wait for the result')
    .option('--json', 'print the result as JSON', false)
    .action(async (key: string, options: VerifyCommand) => {
      outcome.status = await verify(await ofKind(), key, options, terminal);
    });
  const certificate = root
    .command('certificate')
    .description('get and check the signed proof of a migration that ended well');
  certificate
    .command('get <key>')
    .description("get a migration's latest certificate")
    .option('--out <file>', 'file to write to; default: standard output')
    .action(async (key: string, { out }: { out?: string }) => {
      const { getCertificate } = await certificates();
      outcome.status = await getCertificate(await ofKind(), key, out, terminal);
    });
  certificate
    .command('check <file>')
    .description(
      'check a certificate, without network or database; exits with 0 if all of it holds, 4 if its key was not checked, 1 otherwise',
    )
    .option('--fingerprint <fingerprint>', 'fingerprint of the key that must have signed it')
    .action(async (file: string, { fingerprint }: { fingerprint?: string }) => {
      const { checkFile } = await certificates();
      outcome.status = await checkFile(file, fingerprint, kinds, terminal);
    });
  certificate
    .command('status <file>')
    .description(
      "ask the API for a certificate's state; exits with 0 if it is current, 3 if it is superseded, 1 if it is revoked or unknown",
    )
    .action(async (file: string) => {
      const { certificateStatus } = await certificates();
      outcome.status = await certificateStatus(await ofKind(), file, kinds, terminal);
    });
}
