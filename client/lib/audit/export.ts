import type { ApiRequest } from '$lib/alerts/api-request.ts';

/** Fetches the list as a file and hands it to the browser to keep; false when it did not arrive whole. */
export async function saveExport(
  request: ApiRequest,
  query: URLSearchParams,
  format: 'csv' | 'ndjson',
): Promise<boolean> {
  const asked = new URLSearchParams(query);
  asked.set('format', format);
  try {
    const answer = await request(`/api/audit/export?${asked.toString()}`);
    if (!answer.ok) return false;
    const address = URL.createObjectURL(await answer.blob());
    const link = document.createElement('a');
    link.href = address;
    link.download = `audit.${format}`;
    link.click();
    URL.revokeObjectURL(address);
    return true;
  } catch (cause) {
    // fetch rejects so without a network, and when the answer was cut.
    if (cause instanceof TypeError || cause instanceof DOMException) return false;
    throw cause;
  }
}
