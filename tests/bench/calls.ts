import type { ChildProcess } from 'node:child_process';

type Method = (argument: never) => unknown;
export type Methods<M> = Record<keyof M, Method>;

interface Call {
  readonly call: number;
  readonly name: string;
  readonly argument: unknown;
}
interface Answer {
  readonly answers: number;
  readonly value?: unknown;
  readonly failure?: string;
}

/** In a child process: answers what the parent calls. Nothing else is ever sent either way. */
export function serveCalls<M extends Methods<M>>(methods: M): void {
  const answer = async ({ call, name, argument }: Call): Promise<Answer> => {
    try {
      const method: Method = methods[name as keyof M];
      return { answers: call, value: await method(argument as never) };
    } catch (error) {
      return {
        answers: call,
        failure: error instanceof Error ? (error.stack ?? error.message) : String(error),
      };
    }
  };
  process.on('message', (message) => {
    void answer(message as Call).then((made) => process.send?.(made));
  });
}

export interface Caller<M extends Methods<M>> {
  /** Rejects when the method throws, or when the child ends first. */
  call<K extends keyof M & string>(
    name: K,
    ...argument: Parameters<M[K]>
  ): Promise<Awaited<ReturnType<M[K]>>>;
}

export function callerOf<M extends Methods<M>>(child: ChildProcess): Caller<M> {
  const open = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let calls = 0;
  child.on('message', (message) => {
    const { answers, value, failure } = message as Answer;
    const waiting = open.get(answers);
    open.delete(answers);
    if (failure === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(failure));
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of open.values()) reject(new Error(`the child ended (${String(code ?? signal)})`));
    open.clear();
  });
  return {
    call: (name, ...args) =>
      new Promise((resolve, reject) => {
        const call = calls++;
        open.set(call, { resolve: resolve as (value: unknown) => void, reject });
        child.send({ call, name, argument: args[0] } satisfies Call);
      }),
  };
}
