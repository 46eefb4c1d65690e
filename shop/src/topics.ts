/** The topics of the shop's broker. */
export const orderCreatedTopic = 'order.created';
