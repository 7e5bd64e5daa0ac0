import { createLogUpdate } from 'log-update';
import type { MigrationView } from '../../api/conversations/schemas/migrations.js';
import type { VerificationView } from '../../api/conversations/schemas/verification.js';
import { bar, percent } from './progress/bar.js';
import { count, plural, shorten } from '../engine/terminal/words.js';
import { print, type Output } from '../engine/terminal/terminal.js';
import { openOf, stepOf } from './verify-step.js';

const BAR_WIDTH = 20;

type Paused = MigrationView['paused'];

export interface VerifyProgress {
  /** @param paused who paused it and when; null while it is not paused. */
  show(verification: VerificationView, paused?: Paused): void;
  end(): void;
}

/** Shows a verification's progress: a terminal gets a bar that is redrawn in place, other outputs get a line for each step. */
export function openVerifyProgress(out: Output): VerifyProgress {
  let said = '';
  if (out.isTTY !== true) {
    return {
      show(verification, paused) {
        const line = paused ? pauseOf(paused) : stepOf(verification);
        if (line !== said && line !== '') print(out, line);
        said = line;
      },
      end: () => undefined,
    };
  }
  const draw = createLogUpdate(out as NodeJS.WriteStream);
  return {
    show: (verification, paused) =>
      draw(shorten(paused ? pauseOf(paused) : pictureOf(verification), out.columns ?? 80)),
    end: () => draw.clear(),
  };
}

function pauseOf({ by, since }: NonNullable<Paused>): string {
  return `Paused by ${by} since ${since}; carryover resume continues it.`;
}

/** The bar of a brand that is not done is never full. */
const MOST = 0.99;

function pictureOf(verification: VerificationView): string {
  const open = openOf(verification);
  if (!open) {
    const isRead = verification.brands.some(({ compared }) => compared !== null);
    return isRead ? 'Everything is compared; the verification is ending …' : 'Reading the source again …';
  }
  const { brandId, again, read, planned, left, brandsDone } = open;
  const share = planned === 0 ? 0 : Math.min(MOST, read / planned);
  const { filled, empty } = bar(share, BAR_WIDTH);
  const numbers = `${count(read)} / ~${count(planned)} records${left}`;
  const rest = `${again ? ', once more' : ''}${brandsDone > 0 ? `  ${plural(brandsDone, 'brand')} done` : ''}`;
  return `${brandId}  ${filled}${empty} ${percent(share)}  ${numbers}${rest}`;
}
