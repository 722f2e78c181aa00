-- The measuring stick of B13: the parents of year 9 who may hear, each once, with their children, their address or
-- the reason why they have none. Written by hand for the tables of mkstore.py.
SELECT c.id, c.title, c.family, c.given, group_concat(p.given || ' ' || p.family, ', ') AS related,
  min(l.relation), min(l.priority),
  (SELECT norm FROM address a WHERE a.person = c.id AND a.channel = 0 AND a.state = 0 LIMIT 1) AS email,
  CASE
    WHEN EXISTS (SELECT 1 FROM optout o WHERE o.person = c.id AND o.channel = 0) THEN 'opted out'
    WHEN NOT EXISTS (SELECT 1 FROM address a WHERE a.person = c.id AND a.channel = 0) THEN 'no address'
    WHEN NOT EXISTS (SELECT 1 FROM address a WHERE a.person = c.id AND a.channel = 0 AND a.state = 0)
      THEN 'invalid address'
  END AS why
FROM person p JOIN link l ON l.pupil = p.id JOIN person c ON c.id = l.contact
WHERE p.kind = 0 AND p.status = 0 AND p.year = 9 AND l.court = 0 AND l.pr = 1
GROUP BY c.id;
