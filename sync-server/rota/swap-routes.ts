import type { Context, Hono } from 'hono';
import type { Audit } from '#server/audit/audit.ts';
import type { DirectoryCache } from '#server/directory/directory-cache.ts';
import type { AppEnv } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { parseJsonBody } from '#server/http/json-body.ts';
import { problem } from '#server/http/problem.ts';
import { mayAdminister } from '#shared/administration/rights.ts';
import { askSwapSchema, swapListSchema, swapViewSchema } from '#shared/directory/rota-protocol.ts';
import { swapIdSchema } from '#shared/directory/swap-request.ts';
import type { SwapAnswer, Swaps } from './swaps.ts';

const answers: readonly { readonly path: string; readonly fact: SwapAnswer; readonly summary: string }[] = [
  { path: 'agree', fact: 'agreed', summary: 'Agrees to a swap; it is then in the rota' },
  { path: 'decline', fact: 'declined', summary: 'Declines a swap' },
  { path: 'withdraw', fact: 'withdrawn', summary: 'Takes back a swap one asked for' },
];

/** Asking for a swap of turns, and answering. */
export function addSwapRoutes(
  routes: Hono<AppEnv>,
  deps: {
    readonly swaps: Swaps;
    readonly directory: Pick<DirectoryCache, 'current'>;
    readonly audit: Audit;
  },
): void {
  const { swaps, directory, audit } = deps;

  /** Anybody known and active may speak for themselves, and for nobody else. */
  function mayAgree(c: Context<AppEnv>): boolean {
    const present = directory.current();
    const { person: id } = c.get('actor');
    const person = present.people.get(id);
    if (person === undefined) return false;
    const asked = { act: 'rota-swap-agree' as const, person, directory: present, at: c.get('at') };
    return mayAdminister({ ...asked, target: id }).allowed;
  }

  routes.get(
    '/swaps',
    describe({
      summary: 'Swaps one asked for or was asked for, whose turns are not over',
      tag: 'rota',
      session: true,
      answer: swapListSchema,
    }),
    async (c) => c.json({ swaps: await swaps.of(c.get('actor').person) }),
  );
  routes.post(
    '/swaps',
    describe({
      summary: 'Asks a colleague to swap a turn, or to take one',
      tag: 'rota',
      session: true,
      body: askSwapSchema,
      answer: swapViewSchema,
      problems: ['malformed', 'forbidden', 'refused'],
    }),
    async (c) => {
      if (!mayAgree(c)) return problem(c, 'forbidden');
      const body = await parseJsonBody(c, askSwapSchema);
      if (!body.ok) return body.error;
      const asked = await swaps.ask(c.get('actor'), body.value);
      return asked.ok
        ? c.json(asked.value)
        : problem(c, 'refused', { refusals: [{ code: asked.error.code }] });
    },
  );
  for (const { path, fact, summary } of answers) {
    routes.post(
      `/swaps/:id/${path}`,
      describe({
        summary,
        tag: 'rota',
        session: true,
        answer: swapViewSchema,
        problems: ['forbidden', 'not-found', 'refused'],
      }),
      async (c) => {
        const id = swapIdSchema.safeParse(c.req.param('id'));
        if (!id.success) return problem(c, 'not-found');
        if (!mayAgree(c)) return problem(c, 'forbidden');
        const answered = await swaps.answer(c.get('actor'), id.data, fact);
        if (answered.ok) return c.json(answered.value);
        switch (answered.error.type) {
          case 'not-found':
            return problem(c, 'not-found');
          case 'not-yours':
            await audit.recordDenied(c.get('actor'), { action: `rota.swap-${fact}`, subjects: [id.data] });
            return problem(c, 'forbidden');
          case 'refused':
            return problem(c, 'refused', { refusals: [{ code: answered.error.code }] });
        }
      },
    );
  }
}
