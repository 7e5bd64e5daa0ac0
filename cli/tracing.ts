import type { OpenedTracing } from '../gateways/tracing/open.js';
import { codeVersion } from './code-version.js';

/** Begins traces of the process, if OTEL_EXPORTER_OTLP_ENDPOINT is set. Otherwise nothing of OpenTelemetry is loaded. */
export async function tracingOf(
  process: string,
  { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }: { readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string },
): Promise<OpenedTracing | undefined> {
  if (endpoint === undefined) return undefined;
  const { openTracing } = await import('../gateways/tracing/open.js');
  return openTracing(`carryover-${process}`, codeVersion().version);
}
