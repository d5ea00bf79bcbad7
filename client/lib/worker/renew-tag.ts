/** Tag under which the browser wakes the worker to look after its push subscription. */
export const renewTag = 'renew-subscription';
