import { createContext } from 'svelte';
import type { Sessions } from './sessions.ts';

export const [getSessions, setSessions] = createContext<Sessions>();
