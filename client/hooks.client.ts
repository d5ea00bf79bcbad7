import type { ClientInit, HandleClientError } from '@sveltejs/kit';
import { isStorageOff } from '$lib/storage/storage-off.ts';

/** What a screen shows of a fault: never its text, which may hold what a person wrote. */
export const handleError: HandleClientError = ({ status }) => ({
  message: status === 404 ? 'not-found' : 'fault',
});

/** Builds before records were sealed kept the inbox there in words. */
export const init: ClientInit = () => {
  if (!isStorageOff()) localStorage.removeItem('hc-first-screen');
};
