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
  /** A terminal emits an event when its size has changed. */
  on?(event: 'resize', redraw: () => void): unknown;
  off?(event: 'resize', redraw: () => void): unknown;
}

export interface ProgressDisplay {
  /** Shows a migration; a second call redraws it in place. */
  update(view: MigrationView): void;
  /** Prints a line above the picture that stays. */
  note(line: string): void;
  /** Leaves the last picture in place; later output goes below it. */
  end(): void;
}

/** A terminal gets a picture that is redrawn in place; other outputs get a line for each change. */
export function openDisplay(
  stream: DisplayStream,
  { colour, clock }: { readonly colour: boolean; readonly clock: Clock },
): ProgressDisplay {
  const rates = new PhaseRates();
  const modelOf = (view: MigrationView): ProgressModel => progressOf(view, rates, clock.elapsed());
  if (stream.isTTY !== true) return plainDisplay(stream, modelOf);
  const draw = createLogUpdate(stream as NodeJS.WriteStream);
  let picture: string | undefined;
  let last: ProgressModel | undefined;
  const redraw = (): void => {
    if (last === undefined) return;
    picture = render(last, stream.columns ?? 80, colour).join('\n');
    draw(picture);
  };
  stream.on?.('resize', redraw);
  return {
    update(view) {
      last = modelOf(view);
      redraw();
    },
    note(line) {
      if (picture !== undefined) draw.clear();
      stream.write(`${line}\n`);
      if (picture !== undefined) draw(picture);
    },
    end() {
      stream.off?.('resize', redraw);
      picture = undefined;
      last = undefined;
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
