import type { Counter, Histogram, MetricAttributes, Observable } from '@opentelemetry/api'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { createInstruments } from './metric-names.ts'
import type { Instruments } from './metric-names.ts'

/** One value of a figure, with its labels: words of a short list, never an id or a name. */
export type Figure<Name extends string = string> = {
  readonly name: Name
  readonly value: number
  readonly labels?: Readonly<Record<string, string>>
}

/**
 * What this process counts, in memory. Counting costs less than a microsecond and no statement, so it stands on a
 * message's way; figures are looked up only when somebody reads.
 */
export interface Metrics extends Instruments {
  /**
   * Adds figures that are looked up, all together, at every reading. A name ending in `_total` only ever grows.
   *
   * @param help a sentence for each name. @returns takes them away again.
   */
  look<Name extends string>(
    help: Readonly<Record<Name, string>>,
    find: () => readonly Figure<Name>[] | Promise<readonly Figure<Name>[]>,
  ): () => void
  /** Everything, in Prometheus' text format. @throws AggregateError of what looking figures up threw. */
  read(): Promise<string>
}

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** OpenTelemetry's meter with the Prometheus exporter, without that exporter's own server. */
export function openMetrics(): Metrics {
  const reader = new PrometheusExporter({ preventServerStart: true })
  const serializer = new PrometheusSerializer('', false, undefined, true, true)
  const meter = new MeterProvider({ readers: [reader] }).getMeter('parley')
  return {
    ...createInstruments({
      counter<Labels extends MetricAttributes>(
        name: string,
        help: string,
        known: readonly Labels[],
      ): Counter<Labels> {
        const counter = meter.createCounter<Labels>(name, { description: help })
        // There from the start: a series that begins with its first event hides that event from `increase()`.
        for (const labels of known) counter.add(0, labels)
        return counter
      },
      histogram<Labels extends MetricAttributes>(
        name: string,
        help: string,
        boundaries: readonly number[],
      ): Histogram<Labels> {
        const advice = { explicitBucketBoundaries: [...boundaries] }
        return meter.createHistogram<Labels>(name, { description: help, advice })
      },
    }),
    look(help, find) {
      const instruments = new Map<string, Observable>()
      for (const [name, description] of Object.entries<string>(help)) {
        const options = { description }
        instruments.set(
          name,
          name.endsWith('_total')
            ? meter.createObservableCounter(name, options)
            : meter.createObservableGauge(name, options),
        )
      }
      const observe: Parameters<typeof meter.addBatchObservableCallback>[0] = async (result) => {
        for (const { name, value, labels } of await find()) {
          const instrument = instruments.get(name)
          if (instrument !== undefined) result.observe(instrument, value, labels)
        }
      }
      const observed = [...instruments.values()]
      meter.addBatchObservableCallback(observe, observed)
      return () => meter.removeBatchObservableCallback(observe, observed)
    },
    async read() {
      const { resourceMetrics, errors } = await reader.collect()
      if (errors.length > 0) throw new AggregateError(errors, 'figures could not be looked up')
      return serializer.serialize(resourceMetrics)
    },
  }
}
