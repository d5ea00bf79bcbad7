import type { ClientInit, HandleClientError } from '@sveltejs/kit';
import { msToInstant } from '#shared/lib/instant-arithmetic.ts';
import { showFirstScreen } from '$lib/first-screen/first-screen.ts';

/** What a screen shows of a fault: never its text, which may hold what a person wrote. */
export const handleError: HandleClientError = ({ status }) => ({
  message: status === 404 ? 'not-found' : 'fault',
});

/** Before the router and everything it loads: what this person last saw. */
export const init: ClientInit = () =>
  showFirstScreen(localStorage, location.pathname, msToInstant(Date.now()));
