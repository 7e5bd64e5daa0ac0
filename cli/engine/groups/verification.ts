import type { CommandLine } from '../command-line.js';
import type { VerifyCommand } from '../commands/verify.js';
import { withExamples } from '../help.js';
import { printable, type Printing } from '../terminal/output.js';

const certificates = () => import('../commands/certificate.js');

/** The commands that compare the store with the source, and handle certificates. */
export function addVerification(line: CommandLine): void {
  const { root, ofKind, terminal, outcome, printer } = line;
  withExamples(
    printable(
      root
        .command('verify <key>')
        .description(
          'read the source again and compare everything; exits with 0 if all is equal, 1 otherwise',
        )
        .option('--repair', 'import missing and different records again; deletes nothing', false)
        .option('--no-wait', 'begin it, and do not wait for the result'),
    ),
    'verify acc_1',
    'verify acc_1 --repair --no-wait',
  ).action(async (key: string, options: VerifyCommand) => {
    const { verify } = await import('../commands/verify.js');
    outcome.status = await verify(await ofKind(), key, options, printer(options), terminal);
  });
  addCertificates(line);
}

function addCertificates({ root, ofKind, kinds, terminal, outcome, printer }: CommandLine): void {
  const certificate = root
    .command('certificate')
    .description('get and check the signed proof of a successful migration');
  withExamples(
    certificate
      .command('get <key>')
      .description("get a migration's latest certificate")
      .option('--out <file>', 'file to write to; default: standard output'),
    'certificate get acc_1 --out acc_1.json',
  ).action(async (key: string, { out }: { out?: string }) => {
    const { getCertificate } = await certificates();
    outcome.status = await getCertificate(await ofKind(), key, out, terminal);
  });
  withExamples(
    printable(
      certificate
        .command('check <file>')
        .description(
          'check a certificate, without network or database; exits with 0 if all of it holds, 4 if its key was not checked, 1 otherwise',
        )
        .option('--fingerprint <fingerprint>', 'fingerprint of the key that must have signed it'),
    ),
    'certificate check acc_1.json --fingerprint SHA256:Pa7TNwxGLetiJDdDKqIvJ3qE7o6e43bKqrDoxRD0RcQ',
  ).action(async (file: string, { fingerprint, ...options }: Printing & { fingerprint?: string }) => {
    const { checkFile } = await certificates();
    outcome.status = await checkFile(file, fingerprint, kinds, printer(options), terminal);
  });
  withExamples(
    printable(
      certificate
        .command('status <file>')
        .description(
          "ask the API for a certificate's state; exits with 0 if it is current, 3 if it is superseded, 1 if it is revoked or unknown",
        ),
    ),
    'certificate status acc_1.json',
  ).action(async (file: string, options: Printing) => {
    const { certificateStatus } = await certificates();
    outcome.status = await certificateStatus(await ofKind(), file, kinds, printer(options), terminal);
  });
}
