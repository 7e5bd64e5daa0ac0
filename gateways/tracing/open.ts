/** OpenTelemetry, loaded only where OTEL_EXPORTER_OTLP_ENDPOINT is set. */

import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { Resource } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
  OpenTelemetryWorkflowClientInterceptor,
} from '@temporalio/interceptors-opentelemetry';
import type { WorkerOptions } from '@temporalio/worker';
import { plainWords } from '../../domain/engine/plain-words.js';
import { type Attributes, type Tracing, useTracing } from './spans.js';

export interface OpenedTracing {
  readonly tracing: Tracing & ServerSpans;
  /** For Temporal's client. */
  readonly clientInterceptors: { readonly workflow: OpenTelemetryWorkflowClientInterceptor[] };
  /** For Temporal's workers, beside a workflow bundle that has the interceptors of workflows. */
  readonly workerOptions: Pick<WorkerOptions, 'interceptors' | 'sinks'>;
  /** Sends the remaining spans, for a few seconds at most. */
  close(): Promise<void>;
}

export interface ServerSpans {
  /** Begins the span of a request. `next` runs in it; the returned function ends it. */
  server(name: string, next: () => void): (attributes: Attributes, failed: boolean) => void;
}

const SHUTDOWN_MS = 5_000;

/** Reads the usual variables of OpenTelemetry: OTEL_EXPORTER_OTLP_ENDPOINT, …_HEADERS, OTEL_RESOURCE_ATTRIBUTES. */
export function openTracing(service: string, version: string): OpenedTracing {
  const resource = Resource.default().merge(
    new Resource({ 'service.name': service, 'service.version': version }),
  );
  const processor = new BatchSpanProcessor(new OTLPTraceExporter());
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  provider.register({
    contextManager: new AsyncLocalStorageContextManager(),
    propagator: new W3CTraceContextPropagator(),
  });
  const tracer = trace.getTracer('carryover', version);
  const tracing: OpenedTracing['tracing'] = {
    span: (name, attributes, work) => {
      // Statements outside of a request, such as polls of the outbox, would each be a trace of one span.
      if (trace.getActiveSpan() === undefined) return work();
      return tracer.startActiveSpan(name, { attributes }, async (span) => {
        try {
          return await work();
        } catch (error) {
          fail(span, error);
          throw error;
        } finally {
          span.end();
        }
      });
    },
    server(name, next) {
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER });
      context.with(trace.setSpan(context.active(), span), next);
      return (attributes, failed) => {
        span.setAttributes(attributes);
        if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      };
    },
    continued: (traceparent, work) =>
      context.with(propagation.extract(context.active(), { traceparent }), work),
    traceparent() {
      const carrier: Record<string, string> = {};
      propagation.inject(context.active(), carrier);
      return carrier['traceparent'];
    },
    traceId: () => trace.getActiveSpan()?.spanContext().traceId,
  };
  useTracing(tracing);
  const client = new OpenTelemetryWorkflowClientInterceptor();
  return {
    tracing,
    clientInterceptors: { workflow: [client] },
    workerOptions: {
      interceptors: {
        activity: [
          (activity) => ({
            inbound: new OpenTelemetryActivityInboundInterceptor(activity),
            outbound: new OpenTelemetryActivityOutboundInterceptor(activity),
          }),
        ],
      },
      sinks: { exporter: makeWorkflowExporter(processor, resource) },
    },
    async close() {
      useTracing(undefined);
      const late = AbortSignal.timeout(SHUTDOWN_MS);
      await Promise.race([
        provider.shutdown().catch(() => undefined),
        new Promise((resolve) => late.addEventListener('abort', resolve, { once: true })),
      ]);
    },
  };
}

/** Errors of client libraries may quote data. */
function fail(span: Span, error: unknown): void {
  span.setStatus({
    code: SpanStatusCode.ERROR,
    message: error instanceof Error ? plainWords(error) : 'failed',
  });
}
