import { createLogUpdate } from 'log-update';
import type { Clock } from '../../../domain/engine/clock.js';
import type { MigrationView } from '../../../api/conversations/schemas/migrations.js';
import type { ProgressModel } from './model.js';
import { newsOf } from './plain.js';
import { progressOf } from './progress-of.js';
import { PhaseRates } from './rates.js';
import { render } from './render.js';

/** Where the display is drawn; `process.stdout` is one. */
export interface DisplayStream {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface ProgressDisplay {
  /** Shows a migration as the API answers it; a later call takes the place of what an earlier one drew. */
  update(view: MigrationView): void;
  /** A line that stays, above the picture. */
  note(line: string): void;
  /** Leaves the last picture where it is; what is written afterwards comes below. */
  end(): void;
}

/** On a terminal a picture that changes in place; elsewhere a line for everything that is new. */
export function openDisplay(
  stream: DisplayStream,
  { colour, clock }: { readonly colour: boolean; readonly clock: Clock },
): ProgressDisplay {
  const rates = new PhaseRates();
  const modelOf = (view: MigrationView): ProgressModel => progressOf(view, rates, clock.elapsed());
  if (stream.isTTY !== true) return plainDisplay(stream, modelOf);
  const draw = createLogUpdate(stream as NodeJS.WriteStream);
  let picture: string | undefined;
  return {
    update(view) {
      picture = render(modelOf(view), stream.columns ?? 80, colour).join('\n');
      draw(picture);
    },
    note(line) {
      if (picture !== undefined) draw.clear();
      stream.write(`${line}\n`);
      if (picture !== undefined) draw(picture);
    },
    end() {
      picture = undefined;
      draw.done();
    },
  };
}

function plainDisplay(
  stream: DisplayStream,
  modelOf: (view: MigrationView) => ProgressModel,
): ProgressDisplay {
  let last: ProgressModel | undefined;
  return {
    update(view) {
      const model = modelOf(view);
      const lines = newsOf(last, model);
      last = model;
      if (lines.length > 0) stream.write(`${lines.join('\n')}\n`);
    },
    note: (line) => void stream.write(`${line}\n`),
    end: () => undefined,
  };
}
