import { createLogUpdate } from 'log-update';
import type { VerificationView } from '../../api/schemas/verification.js';
import { bar, percent } from '../progress/bar.js';
import { count, plural, shorten } from '../progress/words.js';
import { print, type Output } from './terminal.js';

const BAR_WIDTH = 20;

export interface VerifyProgress {
  show(verification: VerificationView): void;
  end(): void;
}

/** How far a verification is: on a terminal a bar that changes in place, elsewhere a line for each step. */
export function openVerifyProgress(out: Output): VerifyProgress {
  let said = '';
  if (out.isTTY !== true) {
    return {
      show(verification) {
        const line = stepOf(verification);
        if (line !== said && line !== '') print(out, line);
        said = line;
      },
      end: () => undefined,
    };
  }
  const draw = createLogUpdate(out as NodeJS.WriteStream);
  return {
    show(verification) {
      const line = stepOf(verification, (share) => {
        const { filled, empty } = bar(share, BAR_WIDTH);
        return `${filled}${empty} ${percent(share)}  `;
      });
      draw(shorten(line, out.columns ?? 80));
    },
    end: () => draw.clear(),
  };
}

function stepOf({ brands }: VerificationView, picture: (share: number) => string = () => ''): string {
  const open = brands.find(({ progress }) => progress !== null);
  if (!open?.progress) return '';
  const done = brands.filter(({ progress }) => progress === null).length;
  const { read } = open.progress;
  const planned = Math.max(read, open.progress.planned);
  const pass = open.pass === 2 ? ', once more after the repair' : '';
  const share = planned === 0 ? 0 : read / planned;
  const compared =
    planned === 0 ? 'is being read' : `${count(read)} of about ${count(planned)} records compared`;
  return `${picture(share)}Brand ${open.brand_id}${pass}: ${compared}; ${plural(done, 'brand')} done.`;
}
