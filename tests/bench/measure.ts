/** One line of the table. */
export interface Row {
  readonly measure: string;
  /** With its unit. */
  readonly measured: string;
  /** What it is held against, measured in the same run; '' where nothing is. */
  readonly peer: string;
  readonly ratio: string;
  /** '' for a line that only informs. */
  readonly target: string;
  /** null: no target, or not run. */
  readonly met: boolean | null;
  readonly runs: number;
}

export const information = (measure: string, measured: string, over: Partial<Row> = {}): Row => ({
  measure,
  measured,
  peer: '',
  ratio: '',
  target: '',
  met: null,
  runs: 1,
  ...over,
});

export const notRun = (measure: string, why: string, target = ''): Row =>
  information(measure, `not run: ${why}`, { target, runs: 0 });

export interface BenchOptions {
  /** Names of parts of the measure; none: all of it. */
  readonly parts: readonly string[];
  /** Small sizes, to see that the bench itself works; its figures mean nothing. */
  readonly quick: boolean;
  /** Where CPU profiles go; null: none are taken. */
  readonly profileFolder: string | null;
  /** Thrown away at the end. */
  readonly workFolder: string;
  readonly store: 'embedded' | 'couchdb';
  readonly say: (line: string) => void;
}

export interface Measure {
  readonly name: string;
  /** Also taken on CouchDB where there is one. */
  readonly ofStore?: boolean;
  /** It runs from the sources alone. */
  readonly needsNoBuild?: boolean;
  run(options: BenchOptions): Promise<Row[]>;
}

export const ms = (value: number): string => `${value < 100 ? value.toFixed(1) : value.toFixed(0)} ms`;
export const times = (value: number): string => `${value.toFixed(2)}×`;
export const perSecond = (value: number): string => `${value.toFixed(0)}/s`;
export const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KB`;
