/** A number read when somebody looks. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly read: () => number;
}

/** Figures for Prometheus, kept in memory. Labels are route patterns, methods and states: never ids, names or addresses. */
export interface Metrics {
  observeRequest(method: string, route: string, status: number, durationMs: number): void;
  /** Adds one to a counter; `help` counts the first time. */
  count(name: string, help: string): void;
  gauge(gauge: Gauge): void;
  /** Text exposition format 0.0.4. */
  render(): string;
}

const bucketsMs = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10_000];
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);
const escaped = (text: string): string => text.replace(/["\\\n]/g, '_');

export function createMetrics(): Metrics {
  const requests = new Map<string, number>();
  const durations = new Map<number, number>();
  let durationSumMs = 0;
  let durationCount = 0;
  const counters = new Map<string, { help: string; value: number }>();
  const gauges: Gauge[] = [
    { name: 'hc_memory_bytes', help: 'Resident memory.', read: () => process.memoryUsage.rss() },
    {
      name: 'hc_uptime_seconds',
      help: 'Since the start of this process.',
      read: () => Math.round(process.uptime()),
    },
  ];
  return {
    observeRequest(method, route, status, durationMs) {
      const labels = `method="${knownMethods.has(method) ? method : 'other'}",route="${escaped(route)}",status="${status}"`;
      requests.set(labels, (requests.get(labels) ?? 0) + 1);
      durationSumMs += durationMs;
      durationCount++;
      for (const bucket of bucketsMs)
        if (durationMs <= bucket) durations.set(bucket, (durations.get(bucket) ?? 0) + 1);
    },
    count(name, help) {
      const held = counters.get(name) ?? { help, value: 0 };
      held.value++;
      counters.set(name, held);
    },
    gauge: (gauge) => void gauges.push(gauge),
    render() {
      const lines = ['# HELP hc_requests_total Requests answered.', '# TYPE hc_requests_total counter'];
      for (const [labels, value] of requests) lines.push(`hc_requests_total{${labels}} ${value}`);
      lines.push(
        '# HELP hc_request_duration_seconds Until the answer began.',
        '# TYPE hc_request_duration_seconds histogram',
      );
      for (const bucket of bucketsMs)
        lines.push(`hc_request_duration_seconds_bucket{le="${bucket / 1000}"} ${durations.get(bucket) ?? 0}`);
      lines.push(
        `hc_request_duration_seconds_bucket{le="+Inf"} ${durationCount}`,
        `hc_request_duration_seconds_sum ${durationSumMs / 1000}`,
        `hc_request_duration_seconds_count ${durationCount}`,
      );
      for (const [name, { help, value }] of counters)
        lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`, `${name} ${value}`);
      for (const { name, help, read } of gauges)
        lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${read()}`);
      return `${lines.join('\n')}\n`;
    },
  };
}
