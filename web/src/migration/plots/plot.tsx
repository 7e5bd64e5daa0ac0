import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { short } from '../../words/numbers.js';
import type { Point } from './history.js';
import styles from './plot.module.css';

interface PlotProps {
  readonly title: string;
  /** The latest, in words. */
  readonly value: string;
  readonly points: readonly Point[];
  readonly of: (point: Point) => number;
  /** The name of a colour token. */
  readonly colour: string;
}

const HEIGHT = 112;
/** Seconds that the time axis shows at least: for a point alone it would show a day. */
const SHORTEST = 60;

export function Plot({ title, value, points, of, colour }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(undefined);
  const shown = useRef<UPlot.AlignedData>([[], []]);

  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new UPlot(optionsFor(element, colour), shown.current, element);
    };
    draw();
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    resized.observe(element);
    // Canvases do not follow the theme by themselves.
    const themed = new MutationObserver(draw);
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const scheme = window.matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    return () => {
      resized.disconnect();
      themed.disconnect();
      scheme.removeEventListener('change', draw);
      plot.current?.destroy();
    };
  }, [colour]);

  useEffect(() => {
    const before = (points.at(-1)?.at ?? 0) - SHORTEST;
    const isShort = (points[0]?.at ?? 0) > before;
    shown.current = [
      [...(isShort ? [before] : []), ...points.map(({ at }) => at)],
      [...(isShort ? [null] : []), ...points.map(of)],
    ];
    plot.current?.setData(shown.current);
  }, [points, of]);

  return (
    <figure className={styles.plot}>
      <figcaption>
        <span>{title}</span> <strong className="figures">{value}</strong>
      </figcaption>
      <div ref={place} className={styles.canvas} role="img" aria-label={`${title}: ${value} now`} />
    </figure>
  );
}

function optionsFor(element: HTMLElement, colour: string): UPlot.Options {
  const token = (name: string) => resolved(element, name);
  const font = '11px system-ui, sans-serif';
  const axis: UPlot.Axis = {
    stroke: token('--text-3'),
    font,
    grid: { stroke: token('--line'), width: 1 },
    ticks: { show: false },
    gap: 4,
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 4, 0, 0],
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.15)] } },
    axes: [
      { ...axis, size: 20, space: 90, grid: { show: false }, values: (_plot, times) => times.map(clock) },
      {
        ...axis,
        size: 44,
        space: 32,
        values: (_plot, values) => values.map((each) => (each === null ? '' : short(each))),
      },
    ],
    series: [
      {},
      { stroke: token(colour), width: 1.5, fill: token(`${colour}-tint`), points: { show: false } },
    ],
  };
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const clock = (seconds: number): string => CLOCK.format(new Date(seconds * 1_000));

/** The colour that the token has here and now; a custom property's own value may be a function of the theme. */
function resolved(element: HTMLElement, token: string): string {
  const before = element.style.color;
  element.style.color = `var(${token})`;
  const { color } = getComputedStyle(element);
  element.style.color = before;
  return color;
}
