import { Type } from 'typebox';
import { carrierClient } from '../../../gateways/carrier/client.js';
import { conversationsClient } from '../../../gateways/conversations/client.js';
import { Common } from '../../environment/common.js';
import { readEnvironment } from '../../environment/read.js';
import { CarrierVariables } from '../../environment/worker.js';
import { type Check, ok } from '../check.js';

/** An id that no account has. */
const NOBODY = 'carryover-probe';

const Source = Type.Object({
  CONVERSATIONS_API_URL: Common.properties.CONVERSATIONS_API_URL,
  CONVERSATIONS_API_TOKEN: Common.properties.CONVERSATIONS_API_TOKEN,
});
const Carrier = Type.Object(CarrierVariables);

/** Conversations' API, and whether it accepts the token. */
export const conversations: Check = {
  name: 'conversations',
  advice: 'Check CONVERSATIONS_API_URL and CONVERSATIONS_API_TOKEN.',
  async run({ environment, timeoutMs }) {
    const { CONVERSATIONS_API_URL: baseUrl, CONVERSATIONS_API_TOKEN: token } = readEnvironment(
      Source,
      environment,
    );
    const client = conversationsClient({ baseUrl, token, timeoutMs });
    try {
      await client.getAccount(NOBODY);
    } finally {
      await client.close();
    }
    return [ok('Conversations answers, and accepts the token.')];
  },
};

/** The carrier's API, and whether it accepts the token. Orders nothing. */
export const carrier: Check = {
  name: 'carrier',
  advice: 'Check CARRIER_API_URL and CARRIER_API_TOKEN.',
  async run({ environment, timeoutMs }) {
    const { CARRIER_API_URL: baseUrl, CARRIER_API_TOKEN: token } = readEnvironment(Carrier, environment);
    const client = carrierClient({ baseUrl, token, timeoutMs });
    try {
      await client.getPortOrder(NOBODY);
    } finally {
      await client.close();
    }
    return [ok('The carrier answers, and accepts the token.')];
  },
};
