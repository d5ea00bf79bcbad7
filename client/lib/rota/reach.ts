import { reachabilityAnswerSchema, type Reach } from '#shared/alert/protocol.ts';
import type { DepartmentId, PersonId } from '#shared/lib/id.ts';
import type { ApiRequest } from '$lib/alerts/api-request.ts';

/**
 * How alive the devices of a department's people on call are, of every tier, as the server knows it; null when it did not say.
 */
export async function reachOf(
  request: ApiRequest,
  department: DepartmentId,
): Promise<ReadonlyMap<PersonId, Reach> | null> {
  try {
    const response = await request('/api/alerts/reachability', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ department, urgency: 'emergency', preferredDoctor: null }),
    });
    if (!response.ok) return null;
    const answer = reachabilityAnswerSchema.safeParse(await response.json());
    if (!answer.success) return null;
    const { people, later } = answer.data;
    return new Map([...people, ...later].map((reach) => [reach.person, reach]));
  } catch (cause) {
    // No network, or something else than our server answered: then nothing is known, and nothing is shown.
    if (cause instanceof TypeError || cause instanceof SyntaxError) return null;
    throw cause;
  }
}
