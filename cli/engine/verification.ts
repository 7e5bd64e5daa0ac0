import { certificateStatus, checkFile, getCertificate } from './certificate.js';
import type { CommandLine } from './command-line.js';
import { verify, type VerifyCommand } from './verify.js';

/** The commands that tell whether what is here is what was there. */
export function addVerification({ root, ofKind, terminal, outcome }: CommandLine): void {
  root
    .command('verify <key>')
    .description('read the source again and compare everything; 0 when all is equal, 1 when not')
    .option('--repair', 'import again what is missing or different; nothing is taken away', false)
    .option('--no-wait', 'only have it begun')
    .option('--json', 'the result as JSON', false)
    .action(async (key: string, options: VerifyCommand) => {
      outcome.status = await verify(await ofKind(), key, options, terminal);
    });
  const certificate = root
    .command('certificate')
    .description('what a migration that ended well was found to be, signed');
  certificate
    .command('get <key>')
    .description("get a migration's latest certificate")
    .option('--out <file>', 'where to; default standard output')
    .action(async (key: string, { out }: { out?: string }) => {
      outcome.status = await getCertificate(await ofKind(), key, out, terminal);
    });
  certificate
    .command('check <file>')
    .description(
      'check a certificate, without network and database; 0 when all of it holds, 4 when its key was not compared',
    )
    .option('--fingerprint <fingerprint>', 'of the key that it must be signed with')
    .action(async (file: string, { fingerprint }: { fingerprint?: string }) => {
      outcome.status = await checkFile(file, fingerprint, terminal);
    });
  certificate
    .command('status <file>')
    .description('ask the API what became of a certificate; 0 while it is current, 3 once it is superseded')
    .action(async (file: string) => {
      outcome.status = await certificateStatus(await ofKind(), file, terminal);
    });
}
