import { Hono } from 'hono';
import { html } from 'hono/html';
import type { AppEnv, Feature } from '#server/http/context.ts';
import { describe } from '#server/http/describe.ts';
import { lineOf, titleOf } from './message-words.ts';
import type { SentLog } from './sent-log.ts';

/** A page for the demo and for developers: which alerts left this server, and what a locked screen would show of them. */
export function sentPage(log: SentLog): Feature {
  const routes = new Hono<AppEnv>();
  routes.get(
    '/',
    describe({
      summary: 'Demo only: the alerts that left this server, as a page',
      tag: 'demo',
      session: false,
      otherAnswer: { mediaType: 'text/html', description: 'A table, newest first.' },
    }),
    (c) => {
      const rows = log.list().map(
        ({ at, channel, message, outcome }) =>
          html`<tr>
            <td>${at}</td>
            <td>${channel}</td>
            <td>${message.type}</td>
            <td dir="auto">${titleOf(message)}</td>
            <td dir="auto">${lineOf(message)}</td>
            <td><a href="${message.open}">${message.open}</a></td>
            <td>${outcome}</td>
          </tr>`,
      );
      return c.html(
        html`<!doctype html>
          <html lang="en">
            <head>
              <title>Alerts sent</title>
            </head>
            <body>
              <h1>Alerts sent (${String(rows.length)})</h1>
              <p>
                Newest first; kept in memory only. This is all that leaves the hospital: no name, no MRN, no
                words.
              </p>
              <p>
                People of the demo who never signed in carry make-believe phones, which show every alert at
                once. Whoever signed in has only their own devices.
              </p>
              <table>
                <thead>
                  <tr>
                    <th>At</th>
                    <th>Channel</th>
                    <th>Type</th>
                    <th>Title</th>
                    <th>Line</th>
                    <th>Opens</th>
                    <th>Outcome</th>
                  </tr>
                </thead>
                <tbody>
                  ${rows}
                </tbody>
              </table>
            </body>
          </html>`,
      );
    },
  );
  return { path: '/api/demo/alerts-sent', access: 'public', routes };
}
