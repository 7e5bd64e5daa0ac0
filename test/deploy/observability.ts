import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';

export const FOLDER = resolve(import.meta.dirname, '../../deploy/observability');

/** Exported by Temporal's core only once such a thing has happened (its SDK metrics reference). */
export const TEMPORALS: ReadonlySet<string> = new Set([
  'temporal_workflow_task_execution_failed_total',
  'temporal_activity_execution_failed_total',
]);

export interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly targets?: readonly { readonly expr: string }[];
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

export async function panels(): Promise<readonly Panel[]> {
  const text = await readFile(join(FOLDER, 'dashboard.json'), 'utf8');
  return (JSON.parse(text) as { panels: Panel[] }).panels;
}

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export async function rules(): Promise<readonly AlertRule[]> {
  const text = await readFile(join(FOLDER, 'alerts.yaml'), 'utf8');
  return (parse(text) as { groups: { rules: AlertRule[] }[] }).groups.flatMap((group) => group.rules);
}

export async function dashboard(): Promise<readonly string[]> {
  return (await panels()).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}

export async function alertRules(): Promise<readonly string[]> {
  return (await rules()).map(({ expr }) => expr);
}

/** The names of metrics in PromQL expressions; `up` is Prometheus' own. */
export function metricsIn(expressions: readonly string[]): readonly string[] {
  return expressions.flatMap(
    (expression) => expression.match(/\b(carryover|temporal|nodejs|process)_\w+/g) ?? [],
  );
}
