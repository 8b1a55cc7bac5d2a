import { addDays, daysFrom } from '@plumbline/core/day';
import { startOfDay } from '@plumbline/core/zone';
import { measuresOf } from '@plumbline/sources/mixpanel/measures';
import { prefixOf } from '@plumbline/sources/mixpanel/memory';
import { createRoster, peopleOf } from '@plumbline/sources/mixpanel/roster';
import { isRememberedKind, packPairs, packPeople } from '@plumbline/sources/mixpanel/rows';
import { personId, randomFrom } from './mixpanel-events.ts';
import { folderMemory } from './mixpanel-memory.ts';
import { DAY, ZONE, config, pseudonym } from './mixpanel-project.ts';

// A process of its own that writes down what nights before this one would have remembered, were a third of all people there each day.

const [folder = '', count = '0'] = process.argv.slice(2);
const REACH_DAYS = 45;
/** One of so many is there on a day, and does what is not `"*"`. */
const THERE = 3;
const FEW = 50;

const memory = folderMemory(folder);
const roster = createRoster();
const everybody = Uint32Array.from({ length: Number(count) }, (_, person) => {
  const digits = pseudonym(personId(person));
  return roster.numberOf(Number.parseInt(digits.slice(0, 8), 16), Number.parseInt(digits.slice(8), 16));
});
const random = randomFrom(1);

let bytes = 0;
for (const { reading } of measuresOf(config).flatMap(({ needs }) => needs)) {
  if (!isRememberedKind(reading.kind)) continue;
  for (const day of daysFrom(addDays(DAY, -REACH_DAYS), addDays(DAY, -5))) {
    const one = reading.filter.event === '*' ? THERE : FEW;
    const persons = everybody.filter(() => random() % one === 0);
    const begin = startOfDay(day, ZONE) / 1000;
    const numbers = persons.map(() => (reading.kind === 'scores' ? random() % 11 : begin + (random() % 86_400)));
    const packed =
      reading.kind === 'people'
        ? packPeople(peopleOf(persons), roster)
        : packPairs(reading.kind, persons, numbers, roster);
    bytes += packed.length;
    await memory.put(`${prefixOf(reading, config, ZONE)}${day}`, packed);
  }
}
process.send?.({ bytes });
process.disconnect();
