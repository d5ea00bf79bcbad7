import { histories } from './run-histories.ts';

histories('day', 151, 126);
