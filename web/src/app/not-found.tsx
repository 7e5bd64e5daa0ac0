import { Link } from '@tanstack/react-router';
import { Empty } from '../ui/screen/states.js';

export function NotFound() {
  return (
    <Empty title="There is no such page" action={<Link to="/migrations">All migrations</Link>}>
      The address may be old, or mistyped.
    </Empty>
  );
}
