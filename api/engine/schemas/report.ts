import { Type } from 'typebox';
import { Strict } from '../../schemas/common.js';

export const ReportQuery = Strict({
  since: Type.Optional(
    Type.String({ format: 'date-time', description: 'Only what has failed since this time; ISO 8601.' }),
  ),
});
