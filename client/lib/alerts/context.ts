import { createContext } from 'svelte';
import type { DeviceReachability } from './start-reachability.ts';

export const [getReachability, setReachability] = createContext<DeviceReachability>();
