import {propagation, type TextMapPropagator} from '@opentelemetry/api';
import {isTracingSuppressed} from '@opentelemetry/core';
import {baggageLimits, readBaggage, writeBaggage} from './baggage-wire.ts';
import {seldom} from './seldom.ts';

const header = 'baggage';
const complain = seldom();

/**
 * W3C Baggage. OpenTelemetry's own drops entries over 4,096 bytes, which the specification has propagated, without a word, and
 * those without a value; it encodes values again, longer than they came; and it reads keys as percent-encoded, which they are not.
 */
export const baggagePropagator: TextMapPropagator = {
  inject(context, carrier: unknown, setter) {
    const baggage = propagation.getBaggage(context);
    if (baggage === undefined || isTracingSuppressed(context)) return;
    const {header: written, leftOut} = writeBaggage(baggage);
    if (leftOut.length > 0) {
      complain(() => `baggage is not sent whole: ${leftOut.join(', ')} left out (limit ${baggageLimits.bytes} bytes)`);
    }
    if (written !== '') setter.set(carrier, header, written);
  },
  extract(context, carrier: unknown, getter) {
    const given = getter.get(carrier, header);
    if (given === undefined) return context;
    const baggage = readBaggage(Array.isArray(given) ? given.join(',') : given);
    return baggage === undefined ? context : propagation.setBaggage(context, baggage);
  },
  fields: () => [header],
};
