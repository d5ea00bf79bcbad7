import type { HandleClientError } from '@sveltejs/kit';

/** What a screen shows of a fault: never its text, which may hold what a person wrote. */
export const handleError: HandleClientError = ({ status }) => ({
  message: status === 404 ? 'not-found' : 'fault',
});
