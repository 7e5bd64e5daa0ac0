import { useQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { answer, api } from '../../api/client.js';
import { ApiProblem, messageOf } from '../../api/problems.js';
import { ofMigration } from '../../api/queries.js';
import type { MigrationRef } from '../../api/types.js';
import type { PanelProps } from '../../kinds.js';
import { Button } from '../../ui/controls/button.js';
import { Copy } from '../../ui/controls/copy.js';
import { Glyph } from '../../ui/status/glyph.js';
import { Card } from '../../ui/screen/screen.js';
import { Empty, Unread } from '../../ui/screen/states.js';
import { Status } from '../../ui/status/status.js';
import { fullTime } from '../../words/times.js';
import { checkCertificate } from './check.js';
import styles from './panel.module.css';

/** The text as it was signed: parsing and printing it again would not be the same file. */
async function readText({ kind, key }: MigrationRef): Promise<string> {
  const path = [kind, 'migrations', key, 'certificate'].map(encodeURIComponent).join('/');
  const response = await fetch(`/v2/kinds/${path}`, { credentials: 'same-origin' });
  const text = await response.text();
  if (response.ok) return text;
  const { detail = 'The certificate could not be read.' } = JSON.parse(text) as { detail?: string };
  throw new ApiProblem(response.status, detail);
}

const certificateQuery = (of: MigrationRef) => ({
  queryKey: [...ofMigration(of), 'certificate'],
  queryFn: async () => {
    const text = await readText(of);
    const checked = await checkCertificate(text).catch((error: unknown) => messageOf(error));
    const status = await answer(
      api.GET('/v2/kinds/{kind}/migrations/{key}/certificate/status', {
        params: { path: of, query: typeof checked === 'string' ? {} : { sha256: checked.sha256 } },
      }),
    );
    return { text, checked, status };
  },
});

/** The latest certificate, checked by this browser; whether it is current, the API says. */
export function CertificatePanel({ of }: PanelProps) {
  const { data, error, refetch } = useQuery(certificateQuery(of));
  if (error instanceof ApiProblem && [404, 409, 410].includes(error.status))
    return <Empty title={error.status === 410 ? 'Revoked' : 'No certificate yet'}>{error.message}</Empty>;
  if (data === undefined)
    return <Unread what="The certificate" error={error} onRetry={() => void refetch()} lines={5} />;
  const { text, checked, status } = data;
  return (
    <Card
      title="Certificate"
      beside={
        <Button size="small" onClick={() => download(text, `${of.key}.json`)}>
          <Download size={14} aria-hidden /> Download
        </Button>
      }
    >
      <div className={styles.certificate}>
        <p>
          <Status status={status.state} pill />
          {status.made_at !== null && <span className="muted"> Made {fullTime(status.made_at)}</span>}
        </p>
        {typeof checked === 'string' ? (
          <p>{checked}</p>
        ) : (
          <>
            <ul className={styles.steps}>
              {checked.steps.map(({ holds, words }) => (
                <li key={words}>
                  <Glyph tone={holds ? 'done' : 'failed'} />
                  <span>{words}</span>
                </li>
              ))}
            </ul>
            <p className="muted">
              {checked.holds
                ? 'Checked by this browser. Anybody can sign with a key of their own: compare the fingerprint with the one that you have noted elsewhere.'
                : 'This certificate does not hold.'}
            </p>
          </>
        )}
        <Copy text={`carryover certificate check ${of.key}.json`} label="Copy command" block />
      </div>
    </Card>
  );
}

function download(text: string, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
