import { item, price, subscription } from '@plumbline/sources/stripe/test-objects';
import { stripeServer } from '@plumbline/sources/stripe/test-server';
import type { Driver } from './driver.ts';
import { send } from './driver.ts';

const SECRET = 'rk_test_4eC39HqLyjWDarjtT1zdp7dc';
const pro = price({ id: 'price_pro', unit_amount: 4900 });
const people = ['cus_ada@people.example', '__proto__', 'cus_1/../../cus_2'];

const subscriptions = people.map((customer, index) =>
  subscription([item(pro, { id: `si_${index}`, quantity: index + 1 })], {
    id: `sub_${index}`,
    customer,
    default_payment_method: { billing_details: { email: 'ada@people.example' } },
  }),
);

export const stripe: Driver = {
  name: 'stripe',
  source: 'stripe',
  config: {},
  secret: SECRET,
  secrets: [SECRET],
  async start(fault) {
    let count = 0;
    const { baseUrl, requests } = await stripeServer({
      secret: SECRET,
      prices: [pro],
      subscriptions,
      pageSize: 1,
      fault(_, response) {
        const reply = fault(++count);
        if (reply !== undefined) send(reply, response);
        return reply !== undefined;
      },
    });
    return {
      baseUrl,
      get asked() {
        return requests.map((path) => ({ path, body: '' }));
      },
    };
  },
  values: {
    mrr: 6 * 4900,
    arr: 12 * 6 * 4900,
    paying_customers: 3,
    arpu: 2 * 4900,
    mrr_new: 0,
    mrr_reactivation: 0,
    mrr_expansion: 0,
    mrr_contraction: 0,
    mrr_churn: 0,
    mrr_fx: 0,
  },
  laterPages: {
    count: 2,
    isOne: ({ path }) => path.includes('/v1/subscriptions?') && path.includes('starting_after='),
  },
  surprise: { object: 'list', rows: [] },
  people: [...people, 'ada@people.example'],
};
