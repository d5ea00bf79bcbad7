// Threads do not inherit the loader that reads TypeScript: it is put in here, then the tablet itself is loaded.
import { register } from 'tsx/esm/api';

register();
await import('./tablet-worker.ts');
