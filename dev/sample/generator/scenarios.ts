/**
 * Exchanges between small businesses and their customers. A step has several wordings for one side; `text.ts` fills in `{words}`, which stay
 * the same within an exchange.
 */
export type Speaker = 'in' | 'out' | 'note' | 'system';
export type Step = readonly [Speaker, readonly string[]];

// prettier-ignore
export const SCENARIOS: readonly (readonly Step[])[] = [
  [
    ['in', ['Hi, could I book {service} for {day}?', 'Do you have anything free on {day}? I need {service}.', 'Hello, is {day} around {time} possible for {service}?', 'I would like to come in for {service}, {day} would suit me best']],
    ['out', ['{day} works. Is {time} all right?', 'We have {time} or {time2} on {day}, which one is better?', 'Let me look… {day} at {time} is free.', 'Yes! {agent} can see you on {day} at {time}.']],
    ['in', ['{time} is perfect', 'The earlier one please', 'Great, put me down for {time}', 'ok {time} it is', 'I can make {time} if I leave work early']],
    ['out', ['Booked: {day}, {time}. Your reference is {ref}.', 'You are in the book for {day} at {time}. See you then!', 'Done. Please be here ten minutes earlier and use the {place}. Ref {ref}']],
    ['in', ['Thank you!', 'thanks, see you {day}', 'Perfect, thanks {agent}', 'Wonderful. Do I need to bring anything?']],
  ],
  [
    ['out', ['Reminder: {service}, {day} at {time}. Reply YES to confirm.', 'This is {brand}. We expect you on {day} at {time}. Does that still suit you?']],
    ['in', ['YES', 'yes', 'Yes, will be there', 'Sorry, {day} no longer works. Can we move it?', 'Could we make it {time2} instead?']],
    ['out', ['Thank you, see you on {day}.', 'No problem, I have moved it to {time2}.', 'Confirmed under {ref}.']],
  ],
  [
    ['in', ['I have a question about invoice {ref}', 'Invoice {ref} says {amount}, but we agreed on {amount2}?', 'Could you send me invoice {ref} again? I cannot find it.', 'Has my payment of {amount} for {ref} arrived?']],
    ['out', ['I am looking it up, one moment.', 'Let me check {ref} with {agent}.', 'Sure, give me a minute.']],
    ['note', ['{ref}: the old price list was used, the difference is {amount2}. {agent} knows.', 'Customer called about {ref} before, be generous.', 'Checked {ref} in the books: paid on {date}.']],
    ['out', ['You are right, {ref} should say {amount2}. A corrected one is on its way.', 'Your payment of {amount} came in on {date}, all settled.', 'I have sent {ref} again, the total is {amount}.', 'The {item} was added on {date}, that is the difference. I can take it off.']],
    ['in', ['Thanks for clearing that up', 'Ah, I see. I will transfer {amount} today.', 'great, thank you {agent}', 'ok, paid just now']],
  ],
  [
    ['out', ['Your {item} is ready. You can pick it up at the {place} until {time}.', 'Good news: the {item} came in today, order {ref}.', 'We will deliver your {item} on {day} between {time} and {time2}.']],
    ['in', ['Great, I will come by on {day}', 'Can somebody else collect it? {person} would come.', 'could you leave it at the {place}?', 'We are at {street}, the bell is broken, please call']],
    ['out', ['Of course, we have written that down for {ref}.', 'Yes, just mention {ref}.', 'The driver knows. Thank you!']],
    ['in', ['Got the {item}, thanks a lot!', 'Picked up. Looks great.', 'Delivered at {time}, all good', 'It is here, but one corner is damaged. Picture follows.']],
  ],
  [
    ['in', ['What would {service} cost roughly?', 'Can you give me a price for {service} and a {item}?', 'I am comparing offers for {service}. We live at {street}.']],
    ['out', ['It depends a little, most people pay between {amount} and {amount2}.', 'For {service} it is {amount}; with the {item} {amount2}.', 'Could you send a picture? Then {agent} can say more exactly.']],
    ['in', ['That is more than I thought. Any discount for two?', 'Fine with me, when could you start?', 'Let me talk to {person} and come back to you.', 'ok, that sounds fair']],
    ['out', ['We could begin on {day}.', 'With the newsletter code {ref} you get 10% off.', 'Take your time, the offer holds until {date}.']],
  ],
  [
    ['in', ['I am not happy with {service} last week, it is as bad as before.', 'The {item} stopped working after {number} days 😕', 'Nobody came on {day}. I waited until {time}!', 'You charged me {amount} twice']],
    ['out', ['I am very sorry about that. {agent} will look after it today.', 'That should not happen. Can I call you at {time}?', 'Please accept our apologies. May we come again on {day}, free of charge of course?']],
    ['system', ['Conversation assigned to {agent}', 'Priority set to high', 'Label "complaint" added by {agent}']],
    ['in', ['ok, but please be on time', 'Thank you for the quick answer', 'I would rather have my {amount} back', '{time} is fine']],
    ['out', ['It is arranged, case {ref}.', 'The refund of {amount} is on its way, it takes {number} working days.', 'Promised. See you on {day}.']],
  ],
  [
    ['in', ['Are you open on {day}?', 'how late are you open today', 'Is there parking near {street}?', 'Do you take cards?']],
    ['out', ['On {day} from {time} to {time2}.', 'Yes, until {time} today.', 'There is parking behind the {place}.', 'Cards and cash, both are fine 👍']],
    ['in', ['Thanks', 'perfect 🙏', 'good to know, thank you', 'Thx']],
  ],
  [
    ['in', ['I think I left my {thing} at your {place} on {day}', 'Did anybody find a {thing}? I was there around {time}']],
    ['out', ['What does it look like?', 'We found a {thing}, is there a name on it?', 'Nothing at the {place} so far, I will ask {agent}.']],
    ['in', ['It is {colour}, with my name ({person}) inside', '{colour}, rather old', 'A {colour} one 😅']],
    ['out', ['Found it! It waits at the {place} for you.', 'Sorry, no {colour} {thing} here. We will keep looking.']],
  ],
  [
    ['out', ['How was {service} with {agent}? We would be glad about a line or two.', 'Thank you for your visit on {day}! Was everything as you wished?']],
    ['in', ['Everything was great, thank you {agent}! ⭐⭐⭐⭐⭐', 'Very friendly, but the wait was {number} minutes', 'Super, as always 😊', 'My {relative} wants to come too, is there a family price?']],
    ['out', ['That makes us happy 🎉', 'We will pass it on to {agent}.', 'Thank you, we are working on the waiting times.']],
  ],
  [
    ['system', ['Conversation opened', 'Moved from {agent} to the morning shift', 'Auto-reply sent: closed until {day}', 'Conversation closed by {agent}']],
    ['out', ['Sorry we missed you, we are back on {day} at {time}.', 'We got your message and answer on {day} at the latest. Ticket {ref}.']],
    ['in', ['No hurry', 'It is about {service}, nothing urgent', 'my new address is {street}, please change it', 'Please call {person} instead, I am travelling until {date}']],
    ['note', ['Address changed to {street} in {ref}.', 'Call back {day} after {time}.', 'VIP, ask {agent} first.']],
  ],
];

export const VOICEMAILS: readonly string[] = [
  'Hello, this is {person}, calling about {service}. Could you ring me back before {time}? Thank you, bye.',
  'Hi {agent}, me again. It is about {ref}, I would like to move it to {day}. My number is on your display.',
  'Good morning. I am waiting for the {item} since {day}. Please call me.',
  'Er, hello? I hope this is {brand}. I wanted to ask whether {time} on {day} still holds. Bye.',
  'Yes, {person} here, {street}. The {item} arrived but it is the {colour} one, I had ordered another. Call me, please.',
];

export const CALL_NOTES: readonly string[] = [
  'Spoke to {person}: {service}, {day} {time}.',
  'Wants a written offer for {service}, about {amount}.',
  'Caller asked for {agent}, will try again after {time}.',
];

export const CORRECTIONS: readonly string[] = [
  '(Correction: {time}, not earlier.)',
  '(Edit: {day}, sorry for the mix-up.)',
  '(Edit: the reference is {ref}.)',
  '(Correction: the total is {amount}.)',
];
