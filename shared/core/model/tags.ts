/** Every tag key that Phoenat writes. AWS is the database: what must survive a run is on the resource it is about. */
export const tagKeys = {
  /** On every instance, volume and interface that we create: the stack's name. */
  stack: 'phoenat:stack',
  /** On the same: the zone's name. */
  zone: 'phoenat:zone',
  /** On instances: the hash of all that the launch depended on. */
  spec: 'phoenat:spec',
  /** On instances: what stands for the address ranges of other zones that it was told of at its launch. */
  others: 'phoenat:others',
  /** On an instance: why it is to be replaced, or is not to be tried again, and since when. */
  replace: 'phoenat:replace',
  /** On an instance: when its interface was put back into its security groups, in seconds since 1970. */
  putBack: 'phoenat:put-back',
  /** On an instance that was to become the primary: what EC2 refused to move to it, with which code, and when. */
  moveRefused: 'phoenat:move-refused',
  /** On an instance: which instance of another zone it watches, for it to read. */
  watch: 'phoenat:watch',
  /** On a zone's Elastic IP: since when an operator has paused the zone. */
  paused: 'phoenat:paused',
  /** On a zone's Elastic IP: the image that last carried traffic, and its architecture. */
  lastGoodImage: 'phoenat:last-good-image',
  /** On a zone's Elastic IP: when its latest instances were launched, in seconds since 1970. */
  launches: 'phoenat:launches',
  /** On a zone's Elastic IP: when an operator last said that the launches before count no more. */
  breakerReset: 'phoenat:breaker-reset',
  /** On a zone's Elastic IP: from which instance, through which requests passed, to which a planned cutover has moved it. */
  cutover: 'phoenat:cutover',
  /** On the same: such cutovers after which nothing passed, so that they were undone. */
  undoneCutovers: 'phoenat:undone-cutovers',
  /** On a zone's Elastic IP: which instance of another zone has carried the zone last, and since when. */
  stoodIn: 'phoenat:stood-in',
  /** On a private route table: where its default route pointed before we took it over. */
  remembered: 'phoenat:restore-target',
  /** On the same: the stack that serves it, and when it took the route over from what worked, in seconds since 1970. */
  takenOver: 'phoenat:taken-over',
} as const;
