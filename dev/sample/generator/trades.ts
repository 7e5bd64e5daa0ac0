/** The names, services and goods of a small business: the vocabulary of its conversations. */
export interface Trade {
  brands: string[];
  services: string[];
  goods: string[];
  places: string[];
}

// prettier-ignore
export const PLACE_NAMES = [
  'Lakeside', 'Harbour', 'Oak Street', 'Northgate', 'Riverbend', 'Maple Hill', 'Old Mill', 'Sunset', 'Westfield',
  'Cedar Grove', 'Market Square', 'Bayview', 'Stonebridge', 'Willow Park', 'Clocktower', 'Fairview', 'Kingsway',
];

// prettier-ignore
export const TRADES: Trade[] = [
  {
    brands: ['Dental', 'Orthodontics', 'Kids Dentistry', 'Smile Studio'],
    services: ['a check-up', 'a cleaning', 'a filling', 'a crown fitting', 'a whitening session', 'my retainer check', 'an X-ray'],
    goods: ['night guard', 'retainer', 'whitening kit', 'electric toothbrush', 'mouthguard'],
    places: ['front desk', 'second floor', 'waiting room', 'side entrance'],
  },
  {
    brands: ['Plumbing', 'Heating', 'Bathrooms', 'Drain Care'],
    services: ['a boiler service', 'a leak under the sink', 'a blocked drain', 'a new shower', 'a radiator that stays cold', 'a quote for the bathroom'],
    goods: ['thermostat', 'mixer tap', 'boiler valve', 'shower head', 'cistern'],
    places: ['back gate', 'driveway', 'basement', 'side door'],
  },
  {
    brands: ['Bakery', 'Cake House', 'Coffee Room', 'Catering'],
    services: ['a birthday cake', 'a wedding tasting', 'a catering order', 'two trays of pastries', 'a gluten-free cake', 'breakfast for the office'],
    goods: ['sourdough loaf', 'carrot cake', 'pastry box', 'gift basket', 'croissant tray'],
    places: ['counter', 'kitchen door', 'back lane', 'pick-up shelf'],
  },
  {
    brands: ['Auto Repair', 'Tyres', 'Car Wash', 'Body Shop'],
    services: ['an oil change', 'a brake inspection', 'winter tyres', 'the annual inspection', 'a dent in the door', 'a strange noise when braking'],
    goods: ['brake pads', 'battery', 'wiper set', 'set of tyres', 'roof box'],
    places: ['yard', 'key drop', 'bay 2', 'office'],
  },
  {
    brands: ['Salon', 'Barbers', 'Nail Bar', 'Spa'],
    services: ['a haircut', 'colour and highlights', 'a manicure', 'a beard trim', 'a bridal trial', 'a massage'],
    goods: ['gift card', 'shampoo set', 'hair mask', 'nail kit', 'beard oil'],
    places: ['reception', 'upstairs', 'entrance on the square', 'courtyard'],
  },
  {
    brands: ['Veterinary Clinic', 'Pet Hotel', 'Grooming', 'Animal Pharmacy'],
    services: ['a vaccination', 'a dental check for our dog', 'nail clipping', 'a check after surgery', 'boarding for a week', 'a blood test'],
    goods: ['prescription food', 'flea treatment', 'travel crate', 'joint tablets', 'cone collar'],
    places: ['clinic entrance', 'car park', 'cat waiting room', 'back entrance'],
  },
  {
    brands: ['Garden Care', 'Tree Surgeons', 'Nursery', 'Landscaping'],
    services: ['hedge trimming', 'a new lawn', 'a tree that leans over the fence', 'spring planting', 'the sprinkler system', 'leaf clearing'],
    goods: ['apple tree', 'rose bushes', 'compost', 'garden bench', 'irrigation timer'],
    places: ['front garden', 'shed', 'side gate', 'terrace'],
  },
  {
    brands: ['Opticians', 'Eyewear', 'Hearing Care', 'Lens Club'],
    services: ['an eye test', 'a contact lens fitting', 'a frame adjustment', 'a hearing test', 'a check of my new glasses'],
    goods: ['varifocals', 'reading glasses', 'contact lenses', 'sunglasses', 'spare frame'],
    places: ['shop', 'first floor', 'fitting room', 'parcel locker'],
  },
];
