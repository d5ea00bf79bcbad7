import { histories } from './run-histories.ts';

histories('day', 1, 150);
