import { spawn } from 'node:child_process';
import type { StartedServer } from './data-folder.js';

/**
 * Outlives its owner by a moment. It reads from a pipe what to end; if the pipe closes without 'done', the owner was killed, and the guardian
 * ends what it started.
 */
const SCRIPT = `
servers=
folders=
while IFS= read -r line; do
  case "$line" in
    end\\ *) servers="$servers
\${line#end }" ;;
    remove\\ *) folders="$folders
\${line#remove }" ;;
    done) exit 0 ;;
  esac
done
printf '%s\\n' "$servers" | while read -r signal pid; do
  [ -n "$pid" ] && kill -s "$signal" "$pid"
done
turns=50
while [ "$turns" -gt 0 ]; do
  turns=$((turns - 1))
  sleep 0.2
  left=
  for pid in $(printf '%s\\n' "$servers" | while read -r signal pid; do printf '%s ' "$pid"; done); do
    kill -0 "$pid" && left="$left $pid"
  done
  [ -z "$left" ] && break
done
[ -n "$left" ] && kill -9 $left
printf '%s\\n' "$folders" | while IFS= read -r folder; do
  [ -n "$folder" ] && rm -rf -- "$folder"
done
`;

export interface Guardian {
  endLater(server: StartedServer): void;
  removeLater(folder: string): void;
  /** Tells the guardian that the owner itself has ended and removed everything. */
  done(): void;
}

/** Starts the guardian of this process. */
export function startGuardian(): Guardian {
  const child = spawn('sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  const { stdin } = child;
  // The death of the guardian must not end its owner.
  child.on('error', () => undefined);
  stdin.on('error', () => undefined);
  child.unref();
  (stdin as unknown as { unref(): void }).unref();
  const say = (line: string): void => void stdin.write(`${line}\n`);
  return {
    endLater: ({ pid, stopSignal }) => say(`end ${stopSignal.replace('SIG', '')} ${pid}`),
    removeLater: (folder) => say(`remove ${folder}`),
    done() {
      say('done');
      stdin.end();
    },
  };
}
