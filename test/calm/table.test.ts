import { storeContract } from '@plumbline/store/contract';
import { storeOn } from '@plumbline/store/open';
import { tableInMemory } from './table.ts';

const store = storeOn(tableInMemory());

storeContract('a table in memory', async () => store);
