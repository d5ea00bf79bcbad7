import { histories } from './run-histories.ts';

// day-230 does not come to rest: a fault of ours or of the simulation, not found yet (`npm run simulate -- --seed day --from 230 --histories 1`).
histories('day', 151, 151, [230]);
